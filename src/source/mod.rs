//! Git: a bare mirror, the tree of a revision, and the stacks in it.
