//! MACs, PIN blocks, key blocks and DUKPT.
