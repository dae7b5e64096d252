//! Log lines: format, time, level, and whether they matter.
