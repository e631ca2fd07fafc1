//! SOPS and age: ciphertext to `Secret`, in memory.
