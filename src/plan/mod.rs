//! What is desired against what is observed: ordered operations, each with its cause.
