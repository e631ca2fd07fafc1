//! The daemon, from a push to containers that run, and whatever may end it.

mod api;
mod doors;
mod ends;
mod follows;
mod journal;
mod kills;
mod serving;
mod tells;
