//! One pass, from fetch to outcome.
