//! Conductor: GitOps for Docker Compose.

use std::process::ExitCode;

fn main() -> ExitCode {
    conductor::cli::main()
}
