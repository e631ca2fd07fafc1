//! A tree and its secrets to the typed model: load, interpolate, merge, validate.
