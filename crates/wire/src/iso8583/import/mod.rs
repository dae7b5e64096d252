//! Layouts of other programs → dialect files of ours.
