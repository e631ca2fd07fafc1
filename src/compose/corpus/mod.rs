//! Holds the loader to a corpus of cases with the answers of Docker Compose, where such a corpus is present: a directory named
//! by `CONDUCTOR_CORPUS`, or `../shared/corpus`.
//!
//! `cases` finds and loads them; `answers` compares models and hashes, `refusals` the reasons of what is refused, `again`
//! loads what was printed once more.

mod again;
mod answers;
mod cases;
mod refusals;
