//! YAML text to nodes with locations: the dialect that Compose and SOPS read.
