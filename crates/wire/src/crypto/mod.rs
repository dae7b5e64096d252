//! MACs, PIN blocks, key blocks and DUKPT.
//!
//! ```text
//! dialects/crypto.toml ─┬─ MacScheme ────► mac, verify, which_holds
//!                       └─ SignOnLayout ─► describe ─► unwrap, build
//! Key ─┬─ kcv
//!      ├─ ClearPinBlock ◄─► EncipheredPinBlock
//!      └─ dukpt: base derivation key + serial number ─► working key
//! ```
//!
//! What differs between hosts is data; what the standards fix is program. Nothing here prints a key, a PIN or a clear block: `Debug`
//! shows lengths, errors carry positions, and reading a secret takes [`posdx_model::Unmasked`]. MACs, check values and keys are compared
//! in constant time. Keys and clear blocks are overwritten when they go; a cipher's key schedule lives for one call.

mod cipher;
mod dukpt;
mod dukpt_aes;
mod error;
mod hex;
mod kcv;
mod key;
mod mac;
mod mac_scheme;
mod mac_search;
mod pin;
mod pin_cipher;
mod sign_on;
mod sign_on_keys;

pub use cipher::Cipher;
pub use dukpt::{Ksn, TdesUse, base_key, initial_key, working_key};
pub use dukpt_aes::{AesKeyType, AesKsn, AesUse, aes_initial_key, aes_working_key};
pub use error::{CryptoDataError, CryptoError};
pub use kcv::{CheckValue, KcvMethod, kcv, kcv_by, verify_kcv};
pub use key::Key;
pub use mac::{FoldSteps, MacValue, fold_steps, mac, verify};
pub use mac_scheme::{MacMethod, MacResult, MacScheme};
pub use mac_search::{Holding, MacRange, which_holds};
pub use pin::{ClearPinBlock, PinFormat};
pub use pin_cipher::EncipheredPinBlock;
pub use sign_on::{KeyRole, PartLayout, PartPlace, SignOn, SignOnLayout, describe};
pub use sign_on_keys::{WorkingKey, build, unwrap, unwrap_key, wrap_key};
