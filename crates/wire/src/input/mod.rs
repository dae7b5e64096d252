//! What people paste and attach: hexadecimal in any dress, base64, files.
