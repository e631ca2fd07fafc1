//! Adoption, both ways: what `docker compose` made stays under Conductor, and what Conductor made stays under `docker compose`.

mod made_by_compose;
mod stacks;
mod table;
