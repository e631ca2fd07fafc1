//! Carries a plan out; decides nothing.
