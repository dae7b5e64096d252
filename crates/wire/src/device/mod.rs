//! What printers, readers and modems say.
