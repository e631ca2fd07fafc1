//! Plans, outcomes and states in words: text and JSON.
