//! Host settings: files, environment and flags, once, into valid types.
