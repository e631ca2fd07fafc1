//! Plans as tables: a project in words before and after, and the text of the plan.

mod stack;
mod world;
mod services;
mod resources;
mod hooks;
mod leftovers;
mod convergence;
mod reload;
mod handover;
mod drift;
mod table;
mod diff;
mod rest;
mod wrecks;

use self::stack::stack;
use self::world::{World, options};
use super::plan;

/// What is planned when this project is brought up on a machine where it has never been.
fn first(desired: &str) -> String {
    shown(&World::new(), desired)
}

/// What is planned when a project that is up changes from `was` to `is`.
fn change(was: &str, is: &str) -> String {
    shown(&World::with(&stack(was)), is)
}

/// What is planned for this project.
fn shown(world: &World, desired: &str) -> String {
    match plan(&stack(desired), &world.observed, &options()) {
        Ok(plan) if plan.is_empty() && plan.notes.is_empty() => "nothing\n".to_owned(),
        Ok(plan) => plan.to_string(),
        Err(error) => format!("error: {error}\n"),
    }
}
