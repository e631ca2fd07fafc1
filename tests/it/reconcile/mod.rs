//! From a repository to containers that run, and from each change to just the operations that it needs.

mod first;
mod change;
mod files;
mod depends;
mod one_shot;
mod shape;
mod volumes;
mod networks;
mod secrets;
mod leaks;
mod providers;
mod registry;
mod hooks;
mod strict;
mod interrupted;
mod killed;
mod rollback;
mod undone;
mod stacks;
mod lock;
mod journal;
mod calm;
mod start_first;
mod reload;
mod prune;
mod images;
