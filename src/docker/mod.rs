//! The engine: observe, act, watch, pull.
