//! Snapshots of whole requests.
