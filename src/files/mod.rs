//! What containers need from the repository, laid out on disk or tmpfs.
