//! Published vectors, real samples and the promise that nothing secret is printed.
#![allow(clippy::disallowed_methods, reason = "tests stand outside")]

use posdx_model::{Secret, SecretKind, Unmasked};
use posdx_wire::crypto::*;
use proptest::prelude::*;

const DATA: &str = include_str!("../../../dialects/crypto.toml");
/// ANSI's double-length test key.
const TEST_KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
/// A message that ends inside a block of 8 and of 16.
const MESSAGE: &[u8] = b"0200 a message that ends inside a block";

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

fn key(hex: &str) -> Key {
    Key::from_hex(hex).expect("a key")
}

fn leave() -> Unmasked {
    Unmasked::typed_by_a_person()
}

fn shown(key: &Key) -> String {
    hex(key.reveal(leave()))
}

fn schemes() -> Vec<MacScheme> {
    MacScheme::read_all(DATA).expect("ours")
}

fn scheme(id: &str) -> MacScheme {
    schemes().into_iter().find(|s| s.id == id).expect("ours")
}

fn layouts() -> Vec<SignOnLayout> {
    SignOnLayout::read_all(DATA).expect("ours")
}

fn sample(id: &str) -> serde_json::Value {
    include_str!("mac.jsonl")
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).expect("JSON"))
        .find(|s| s["id"] == id)
        .expect("the sample")
}

fn pin(digits: &str) -> Secret {
    Secret::new(SecretKind::Pin, digits.into())
}

fn pan(digits: &str) -> Secret {
    Secret::new(SecretKind::Pan, digits.into())
}

// --- MAC ---

#[test]
fn the_published_union_pay_mac_holds_step_by_step() {
    let s = sample("cup-ecb-mac-1");
    let text = |v: &serde_json::Value| v.as_str().expect("text").to_owned();
    let (mab, mak) = (unhex(&text(&s["mab"])), key(&text(&s["mak_clear"])));
    let steps = fold_steps(Cipher::TripleDes, &mak, &mab).expect("steps");
    assert_eq!(hex(&steps.folded), text(&s["steps"]["xor"]));
    assert_eq!(hex(&steps.letters), text(&s["steps"]["hex_expand"]));
    assert_eq!(hex(&steps.first), text(&s["steps"]["enc1"]));
    assert_eq!(hex(&steps.mixed), text(&s["steps"]["xor2"]));
    assert_eq!(hex(&steps.last), text(&s["steps"]["enc2"]));
    let field_64 = unhex(&text(&s["mac_field64"]));
    let cup = scheme("cup-ecb");
    assert_eq!(mac(&cup, &mak, &mab).expect("a MAC").as_bytes(), field_64);
    assert_eq!(mac(&cup, &mak, &mab).expect("a MAC").to_string(), text(&s["mac_field64"]));
    assert_eq!(verify(&cup, &mak, &mab, &field_64), Ok(true));
    assert_eq!(verify(&cup, &mak, &mab, &field_64[..7]), Ok(false));
    assert_eq!(verify(&cup, &mak, &mab, b""), Ok(false));
    for i in 0..field_64.len() {
        let mut wrong = field_64.clone();
        wrong[i] ^= 1;
        assert_eq!(verify(&cup, &mak, &mab, &wrong), Ok(false), "byte {i}");
    }
    let mut with_header = unhex("602200000000");
    with_header.extend(&mab);
    let found =
        which_holds(&schemes(), &mak, &mab, &with_header, &field_64).iter().map(|h| (h.scheme.id.clone(), h.range)).collect::<Vec<_>>();
    assert_eq!(found, [("cup-ecb".to_owned(), MacRange::Message)]);
}

#[test]
fn the_sm4_fold_and_the_chains_agree_with_another_implementation() {
    // Computed with other libraries; there is no published vector.
    let key = key(TEST_KEY);
    for (id, wanted) in [
        ("cup-ecb-sm4", "3144463136333945"),
        ("cup-ecb-sm4-raw", "1DF1639E77B67347"),
        ("cbc-sm4", "15C0AA09EC2A11E6"),
        ("cmac-sm4", "62FAED5027FE71C7"),
        ("cbc-3des", "667CA26C7A62CF99"),
    ] {
        assert_eq!(mac(&scheme(id), &key, MESSAGE).expect("a MAC").to_string(), wanted, "{id}");
    }
}

#[test]
fn every_scheme_finds_itself() {
    let all = schemes();
    let (double, single) = (key(TEST_KEY), key("0123456789ABCDEF"));
    let mut with_header = b"header".to_vec();
    with_header.extend(MESSAGE);
    for s in &all {
        let key = if s.cipher == Cipher::Des { &single } else { &double };
        for (range, bytes) in [(MacRange::Message, MESSAGE), (MacRange::WithHeader, &with_header[..])] {
            let wire = mac(s, key, bytes).expect("a MAC");
            let found = which_holds(&all, key, MESSAGE, &with_header, wire.as_bytes());
            assert!(found.iter().any(|h| h.scheme.id == s.id && h.range == range), "{} {range}", s.id);
            assert!(found.iter().all(|h| h.range == range), "{} {range}", s.id);
        }
    }
    assert!(which_holds(&all, &double, MESSAGE, &with_header, b"nonsense").is_empty());
}

#[test]
fn a_single_length_key_makes_des_and_triple_des_one() {
    let key = key("0123456789ABCDEF0000000000000000");
    let wire = mac(&scheme("x9.9"), &key, MESSAGE).expect("a MAC");
    let found: Vec<String> = which_holds(&schemes(), &key, MESSAGE, MESSAGE, wire.as_bytes()).iter().map(|h| h.scheme.id.clone()).collect();
    assert_eq!(found, ["x9.19", "x9.9", "cbc-3des"]);
}

#[test]
fn a_scheme_file_is_checked() {
    let wrong = DATA.replace("[[scheme]]", "[[schema]]");
    assert!(MacScheme::read_all(&wrong).is_err() && SignOnLayout::read_all(&wrong).is_err());
    assert!(MacScheme::read_all(&DATA.replacen("3des", "4des", 1)).is_err());
}

// --- PIN blocks ---

#[test]
fn format_0_is_as_ansi_publishes_it() {
    // ANSI X9.24-1 annex C: account 4012345678909, PIN 1234, two transactions.
    let (pin, pan) = (pin("1234"), pan("4012345678909"));
    let clear = ClearPinBlock::build(PinFormat::Iso0, &pin, Some(&pan), &[0; 16], leave()).expect("a block");
    assert_eq!(hex(clear.reveal(leave())), "041274EDCBA9876F");
    assert_eq!(clear.formats(), [PinFormat::Iso0, PinFormat::WithoutPan]);
    let ipek = key("6AC292FAA1315B4D858AB3A3D7D5933A");
    for (ksn, wanted) in [("FFFF9876543210E00001", "1B9C1845EB993A7A"), ("FFFF9876543210E00002", "10A01C8D02C69107")] {
        let key = working_key(&ipek, &Ksn::from_hex(ksn).expect("a serial number"), TdesUse::Pin).expect("a key");
        let sealed = clear.encipher(Cipher::TripleDes, &key).expect("enciphered");
        assert_eq!(hex(sealed.as_bytes()), wanted);
        let opened = sealed.decipher(Cipher::TripleDes, &key).expect("deciphered");
        assert_eq!(opened.pin(PinFormat::Iso0, Some(&pan), leave()), Ok(pin.clone()));
    }
}

#[test]
fn format_4_is_as_published() {
    // The supplement to ANSI X9.24-3, and a vector of a public library.
    for (k, digits, filler, wanted) in [
        ("AF8CB133A78F8DC2D1359F18527593FB", "4111111111111111", "2F69ADDE2E9E7ACE", "A912150391AB65A67E52883D81CE2D15"),
        ("00112233445566778899AABBCCDDEEFF", "1234567890123456789", "FFFFFFFFFFFFFFFF", "28B41FDDD29B743E93124BD8E32D921E"),
    ] {
        let (k, pin, pan) = (key(k), pin("1234"), pan(digits));
        let mut random = [0; 16];
        random[..8].copy_from_slice(&unhex(filler));
        let clear = ClearPinBlock::build(PinFormat::Iso4, &pin, None, &random, leave()).expect("a block");
        assert_eq!(hex(clear.reveal(leave())), format!("441234AAAAAAAAAA{filler}"));
        let sealed = clear.encipher_format_4(&k, &pan, leave()).expect("enciphered");
        assert_eq!(hex(sealed.as_bytes()), wanted);
        let opened = sealed.decipher_format_4(&k, &pan, leave()).expect("deciphered");
        assert_eq!(opened.formats(), [PinFormat::Iso4]);
        assert_eq!(opened.pin(PinFormat::Iso4, None, leave()), Ok(pin));
    }
}

#[test]
fn the_other_formats_are_laid_out_by_the_book() {
    let random: [u8; 16] = std::array::from_fn(|i| i as u8 * 17);
    let build = |format, pan: Option<&Secret>| {
        hex(ClearPinBlock::build(format, &pin("123456"), pan, &random, leave()).expect("a block").reveal(leave()))
    };
    assert_eq!(build(PinFormat::WithoutPan, None), "06123456FFFFFFFF");
    assert_eq!(build(PinFormat::Iso1, None), "1612345689ABCDEF");
    assert_eq!(build(PinFormat::Iso2, None), "26123456FFFFFFFF");
    // Bytes 136, 153 … 255 modulo 6, after A.
    assert_eq!(build(PinFormat::Iso3, Some(&pan("1100000000000000001"))), "36123456EDCBAFED");
    // The same over 0000 500000000001.
    assert_eq!(build(PinFormat::Iso3, Some(&pan("6225000000000014"))), "36126456EDCBAFEC");
}

#[test]
fn a_wrong_pin_block_is_refused_by_place() {
    let read = |block: &str, format| ClearPinBlock::from_bytes(&unhex(block)).expect("a block").pin(format, None, leave());
    let place = |nibble, expected| Err(CryptoError::PinBlock { nibble, expected });
    assert_eq!(read("06123456FFFFFFFF", PinFormat::WithoutPan), Ok(pin("123456")));
    assert_eq!(read("16123456FFFFFFFF", PinFormat::WithoutPan), place(1, "the number of the format"));
    assert_eq!(read("03123FFFFFFFFFFF", PinFormat::WithoutPan), place(2, "a length of 4 to 12"));
    assert_eq!(read("0D12345678901234", PinFormat::WithoutPan), place(2, "a length of 4 to 12"));
    assert_eq!(read("0612345AFFFFFFFF", PinFormat::WithoutPan), place(8, "a digit of the PIN"));
    assert_eq!(read("06123456FFFFFFF0", PinFormat::WithoutPan), place(16, "the filler of the format"));
    assert_eq!(read("06123456FFFFFFFF", PinFormat::Iso0), Err(CryptoError::PanNeeded { format: PinFormat::Iso0 }));
    assert!(read("06123456FFFFFFFF", PinFormat::Iso4).is_err());
    assert!(ClearPinBlock::from_bytes(&[0; 9]).is_err());
    let other = ClearPinBlock::build(PinFormat::Iso0, &pin("1234"), Some(&pan("4012345678909")), &[0; 16], leave()).expect("a block");
    assert!(other.pin(PinFormat::Iso0, Some(&pan("4012345678019")), leave()).is_err());
}

#[test]
fn pins_and_card_numbers_are_not_taken_for_each_other() {
    let build = |pin: &Secret, pan: &Secret| ClearPinBlock::build(PinFormat::Iso0, pin, Some(pan), &[0; 16], leave());
    assert_eq!(build(&pan("123456"), &pan("4012345678909")), Err(CryptoError::Pin));
    assert_eq!(build(&pin("123456"), &pin("4012345678909")), Err(CryptoError::Pan));
    assert_eq!(build(&pin("123"), &pan("4012345678909")), Err(CryptoError::Pin));
    assert_eq!(build(&pin("1234567890123"), &pan("4012345678909")), Err(CryptoError::Pin));
    assert_eq!(build(&pin("12a4"), &pan("4012345678909")), Err(CryptoError::Pin));
    assert_eq!(build(&pin("1234"), &pan("40123456789F")), Err(CryptoError::Pan));
}

#[test]
fn a_long_block_is_not_enciphered_without_its_card_number() {
    let clear = ClearPinBlock::build(PinFormat::Iso4, &pin("1234"), None, &[7; 16], leave()).expect("a block");
    assert!(clear.encipher(Cipher::Aes, &key(TEST_KEY)).is_err());
    assert!(clear.encipher(Cipher::TripleDes, &key(TEST_KEY)).is_err());
    let short = ClearPinBlock::build(PinFormat::WithoutPan, &pin("1234"), None, &[7; 16], leave()).expect("a block");
    assert!(short.encipher_format_4(&key(TEST_KEY), &pan("4111111111111111"), leave()).is_err());
    assert!(short.encipher(Cipher::Sm4, &key(TEST_KEY)).is_err());
}

// --- Keys ---

#[test]
fn check_values_are_as_other_implementations_make_them() {
    let aes = "00112233445566778899AABBCCDDEEFF";
    for (cipher, k, wanted) in [
        (Cipher::TripleDes, TEST_KEY, "08D7B4FB"),
        (Cipher::Des, "0123456789ABCDEF", "D5D44FF7"),
        (Cipher::TripleDes, "0123456789ABCDEF0000000000000000", "D5D44FF7"),
        (Cipher::Sm4, TEST_KEY, "2677F46B"),
        (Cipher::Aes, aes, "53E107B3"),
    ] {
        assert_eq!(kcv(cipher, &key(k), 4).expect("a check value").to_string(), wanted);
        assert_eq!(kcv(cipher, &key(k), 3).expect("a check value").to_string(), wanted[..6]);
        assert_eq!(verify_kcv(cipher, &key(k), &unhex(wanted)), Ok(true));
        assert_eq!(verify_kcv(cipher, &key(k), &unhex(&wanted[..6])), Ok(true));
        assert_eq!(verify_kcv(cipher, &key(k), &[0; 4]), Ok(false));
    }
    assert_eq!(kcv_by(KcvMethod::Zeros, Cipher::Aes, &key(aes), 3).expect("a check value").to_string(), "FDE4FB");
    assert!(kcv(Cipher::Des, &key("0123456789ABCDEF"), 1).is_err());
    assert!(verify_kcv(Cipher::Des, &key("0123456789ABCDEF"), b"").is_err());
}

#[test]
fn a_published_working_key_is_unwrapped() {
    let s = sample("tak-unwrap-1");
    let text = |v: &serde_json::Value| v.as_str().expect("text").to_owned();
    let master = key(&text(&s["tmk"]));
    let clear = unwrap_key(Cipher::TripleDes, &master, &unhex(&text(&s["tak_enc"]))).expect("a key");
    assert_eq!(shown(&clear), text(&s["tak_clear"]));
    assert!(clear.has_odd_parity());
    assert_eq!(hex(&wrap_key(Cipher::TripleDes, &master, &clear).expect("wrapped")), text(&s["tak_enc"]));
}

const MASTER: &str = "70F2A84CCBC2AE8625CBB0F2C22AB923";
const MAK_DOUBLE: &str = "55036372B17543ECB173730768B8D6C4";
const MAK_SINGLE: &str = "C24A8FB57AA20123";

#[test]
fn sign_on_blocks_agree_with_another_implementation() {
    for (id, cipher, mak, block) in [
        ("cup-40", Cipher::TripleDes, MAK_SINGLE, "4C555721128EF42B482EF01EB4BA66AF08D7B4FB96D605EA176B7E9E00000000000000000547DB3E"),
        (
            "cup-60",
            Cipher::TripleDes,
            MAK_DOUBLE,
            "4C555721128EF42B482EF01EB4BA66AF08D7B4FBACDCCD168B27936D4577624643EA38F3D13459314C555721128EF42B482EF01EB4BA66AF08D7B4FB",
        ),
        ("cup-40", Cipher::Sm4, MAK_DOUBLE, "5D068F3E302F166C9DA73AE50DC0B9732677F46B41D40BBFE515DDD77883C85B7DC4A1F284B7C2F4"),
    ] {
        let layouts = layouts();
        let layout = layouts.iter().find(|l| l.id == id).expect("ours");
        let (master, pik, mak) = (key(MASTER), key(TEST_KEY), key(mak));
        let all = [(KeyRole::Pik, &pik), (KeyRole::Mak, &mak), (KeyRole::Tdk, &pik)];
        let given = &all[..layout.parts.len()];
        let built = build(layout, cipher, &master, given).expect("a block");
        assert_eq!(hex(&built), block, "{id} {cipher}");
        let described = describe(&layouts, &built, layout.management.as_deref());
        assert_eq!(described.layout.map(|l| l.id.as_str()), Some(id));
        assert_eq!(described.management_agrees, Some(true));
        let keys = unwrap(&described, &built, cipher, &master).expect("keys");
        assert!(keys.iter().all(|k| k.kcv_holds));
        assert_eq!(keys.iter().map(|k| (k.role, &k.key)).collect::<Vec<_>>(), given);
        let wrong = unwrap(&described, &built, cipher, &pik).expect("noise");
        assert!(wrong.iter().all(|k| !k.kcv_holds));
        assert!(unwrap(&described, &built[1..], cipher, &master).is_err());
    }
}

#[test]
fn a_real_sign_on_reply_is_described() {
    // Field 62 of a published 0810, 60.3 = 003: enciphered keys, the MAC key of single length.
    let field = unhex("81703A74A7F8DBD31ADE741A23E7654F522C41264EEEE335695F8ABD0000000000000000A51E8ADF");
    let layouts = layouts();
    let found = describe(&layouts, &field, Some("003"));
    let places: Vec<_> = found.parts.iter().map(|p| (p.role, p.key.clone(), p.kcv.clone(), p.zero_half)).collect();
    assert_eq!(places, [(KeyRole::Pik, 0..16, 16..20, false), (KeyRole::Mak, 20..36, 36..40, true)]);
    assert_eq!(found.management_agrees, Some(true));
    assert_eq!(describe(&layouts, &field, Some("001")).management_agrees, Some(false));
    let lengths = |cipher| unwrap(&found, &field, cipher, &key(MASTER)).expect("noise").iter().map(|k| k.key.len()).collect::<Vec<_>>();
    assert_eq!(lengths(Cipher::TripleDes), [16, 8]);
    // SM4 has no single-length keys: zeros are then part of the cryptogram.
    assert_eq!(lengths(Cipher::Sm4), [16, 16]);
}

#[test]
fn unknown_layouts_are_told_honestly() {
    let layouts = layouts();
    for (bytes, known, groups) in [(84, true, (4, 4)), (104, true, (5, 4)), (41, false, (2, 1)), (0, false, (0, 0))] {
        let field = vec![0x5A; bytes];
        let found = describe(&layouts, &field, Some("005"));
        assert_eq!((found.layout.is_some(), found.as_groups_of_20), (known, groups));
        assert!(found.parts.is_empty());
        assert_eq!(found.management_agrees, None);
        assert_eq!(unwrap(&found, &field, Cipher::TripleDes, &key(MASTER)), Err(CryptoError::LayoutUnknown { bytes }));
        if let Some(layout) = found.layout {
            assert!(layout.note.is_some());
            assert!(build(layout, Cipher::TripleDes, &key(MASTER), &[]).is_err());
        }
    }
}

#[test]
fn blocks_are_built_only_of_the_keys_they_hold() {
    let layouts = layouts();
    let by = |id: &str| layouts.iter().find(|l| l.id == id).expect("ours");
    let (master, double, single) = (key(MASTER), key(TEST_KEY), key(MAK_SINGLE));
    let build = |id, keys: &[(KeyRole, &Key)]| build(by(id), Cipher::TripleDes, &master, keys);
    assert_eq!(build("cup-40", &[(KeyRole::Pik, &double)]), Err(CryptoError::RoleMissing { role: KeyRole::Mak }));
    let three = [(KeyRole::Pik, &double), (KeyRole::Mak, &double), (KeyRole::Tdk, &double)];
    assert_eq!(build("cup-40", &three), Err(CryptoError::RoleUnplaced { role: KeyRole::Tdk }));
    assert!(build("cup-24", &three[..2]).is_err());
    let short = build("cup-24", &[(KeyRole::Pik, &single), (KeyRole::Mak, &single)]).expect("a block");
    assert_eq!(hex(&short[..8]), "96D605EA176B7E9E");
    assert!(unwrap(&describe(&layouts, &short, None), &short, Cipher::TripleDes, &master).expect("keys").iter().all(|k| k.kcv_holds));
}

// --- DUKPT ---

#[test]
fn triple_des_dukpt_is_as_ansi_publishes_it() {
    // ANSI X9.24-1 annexes A and C.
    let ksn = |hex: &str| Ksn::from_hex(hex).expect("a serial number");
    let ipek = initial_key(&key(TEST_KEY), &ksn("FFFF9876543210E00008")).expect("a key");
    assert_eq!(shown(&ipek), "6AC292FAA1315B4D858AB3A3D7D5933A");
    for (number, wanted) in [
        ("FFFF9876543210E00001", "042666B49184CFA368DE9628D0397BC9"),
        ("FFFF9876543210E00002", "C46551CEF9FD24B0AA9AD834130D3BC7"),
        ("FFFF9876543210E00003", "0DF3D9422ACA56E547676D07AD6BADFA"),
        ("FFFF9876543210EFF800", "F9CDFEBF4F5B1D9EB3EC12454527E176"),
    ] {
        assert_eq!(shown(&base_key(&ipek, &ksn(number)).expect("a key")), wanted, "{number}");
    }
    for (number, use_, wanted) in [
        ("FFFF9876543210E00001", TdesUse::Pin, "042666B49184CF5C68DE9628D0397B36"),
        ("FFFF9876543210E00001", TdesUse::MacRequest, "042666B4918430A368DE9628D03984C9"),
        ("FFFF9876543210E00001", TdesUse::MacResponse, "042666B46E84CFA368DE96282F397BC9"),
        ("FFFF9876543210E00001", TdesUse::DataRequest, "448D3F076D8304036A55A3D7E0055A78"),
        // Computed with another library: the variant is the standard's, the value is not published.
        ("FFFF9876543210E00001", TdesUse::DataResponse, "AD7BFC8B06AD3A08A560B4105CF8D9E5"),
        ("FFFF9876543210E00002", TdesUse::DataRequest, "F1BE73B36135C5C26CF937D50ABBE5AF"),
        ("FFFF9876543210E00004", TdesUse::MacRequest, "279C0F6AEED041652B2C733E13835191"),
    ] {
        assert_eq!(shown(&working_key(&ipek, &ksn(number), use_).expect("a key")), wanted, "{number} {use_}");
    }
    assert_eq!(base_key(&ipek, &ksn("FFFF9876543210E00000")), Err(CryptoError::CounterZero));
    assert!(initial_key(&key(MAK_SINGLE), &ksn("FFFF9876543210E00000")).is_err());
}

#[test]
fn aes_dukpt_is_as_ansi_publishes_it() {
    // ANSI X9.24-3:2017 annex B and its supplement.
    let ksn = |counter| AesKsn::from_hex(&format!("1234567890123456{counter:08X}")).expect("a serial number");
    let initial = aes_initial_key(&key("FEDCBA9876543210F1F1F1F1F1F1F1F1"), &ksn(1)).expect("a key");
    assert_eq!(shown(&initial), "1273671EA26AC29AFA4D1084127652A1");
    for (counter, use_, wanted) in [
        (1, AesUse::Pin, "AF8CB133A78F8DC2D1359F18527593FB"),
        (1, AesUse::MacGeneration, "A2DC23DE6FDE0824A2BC321E08E4B8B7"),
        (1, AesUse::DataEncryption, "A35C412EFD41FDB98B69797C02DCD08F"),
        (2, AesUse::Pin, "D30BDC73EC9714B000BEC66BDB7B6D09"),
        (3, AesUse::Pin, "7D69F01F3B45449F62C7816ECE723268"),
        // Computed with another library.
        (8_675_309, AesUse::Pin, "D1DDA386AA4A556AF0119FDCB5D132C6"),
    ] {
        let key = aes_working_key(&initial, &ksn(counter), use_, AesKeyType::Aes128).expect("a key");
        assert_eq!(shown(&key), wanted, "{counter} {use_}");
    }
    assert_eq!(aes_working_key(&initial, &ksn(0), AesUse::Pin, AesKeyType::Aes128), Err(CryptoError::CounterZero));
    let long = key("FEDCBA9876543210F1F1F1F1F1F1F1F1FEDCBA9876543210F1F1F1F1F1F1F1F1");
    let initial = aes_initial_key(&long, &ksn(1)).expect("a key");
    assert_eq!(shown(&initial), "CE9CE0C101D1138F97FB6CAD4DF045A7083D4EAE2D35A31789D01CCF0949550F");
    // The first is published, the others were computed with another library.
    for (counter, use_, key_type, wanted) in [
        (1, AesUse::Pin, AesKeyType::Aes256, "8C1AB7BEE973829E30242E0BBBDD4946D540C98FC1B5BDCF94790001A23FD502"),
        (3, AesUse::DataDecryption, AesKeyType::Aes256, "FB6D56BA3346640EFCE84B1BF98310CBE9417FC69A167F5114A52EAFFD35C50E"),
        (3, AesUse::MacVerification, AesKeyType::Tdes3, "88588F88E78415AD11AB874CE52D9B60E2DEA242F1EA0275"),
    ] {
        assert_eq!(shown(&aes_working_key(&initial, &ksn(counter), use_, key_type).expect("a key")), wanted, "{counter} {use_}");
    }
    assert_eq!(ksn(0x12).to_string(), "123456789012345600000012");
    assert!(ksn(0xFFFF).counter_is_regular() && !ksn(0x1FFFF).counter_is_regular());
}

// --- Nothing secret is printed ---

#[test]
fn no_debug_display_or_error_holds_a_secret() {
    const PIN: &str = "739182";
    const PAN: &str = "6225887766554433";
    let (k, master, pin, pan) = (key(TEST_KEY), key(MASTER), pin(PIN), pan(PAN));
    let clear = ClearPinBlock::build(PinFormat::Iso0, &pin, Some(&pan), &[3; 16], leave()).expect("a block");
    let plain = ClearPinBlock::build(PinFormat::WithoutPan, &pin, None, &[3; 16], leave()).expect("a block");
    let sealed = clear.encipher(Cipher::TripleDes, &k).expect("enciphered");
    let layouts = layouts();
    let block = build(&layouts[1], Cipher::TripleDes, &master, &[(KeyRole::Pik, &k), (KeyRole::Mak, &k)]).expect("a block");
    let described = describe(&layouts, &block, Some("003"));
    let working = unwrap(&described, &block, Cipher::TripleDes, &master).expect("keys");
    let ksn = Ksn::from_hex("FFFF9876543210E00001").expect("a serial number");
    let aes_ksn = AesKsn::from_hex("123456789012345600000001").expect("a serial number");
    let cup = scheme("cup-ecb");
    let value = mac(&cup, &k, MESSAGE).expect("a MAC");
    let check = kcv(Cipher::TripleDes, &k, 4).expect("a check value");
    let mut printed = vec![
        format!("{k:?} {clear:?} {plain:?} {sealed:?} {described:?} {working:?}"),
        format!("{ksn:?} {ksn} {aes_ksn:?} {aes_ksn} {value:?} {value} {check:?} {check}"),
        format!("{:?}", fold_steps(Cipher::TripleDes, &k, PAN.as_bytes())),
        format!("{:?}", which_holds(&schemes(), &k, MESSAGE, MESSAGE, value.as_bytes())),
        format!("{:?}", plain.pin(PinFormat::WithoutPan, None, leave())),
    ];
    let mut error = |e: CryptoError| printed.push(format!("{e} {e:?}"));
    error(Key::from_hex(&format!("{TEST_KEY}x")).expect_err("wrong"));
    error(Key::from_hex(&TEST_KEY[..30]).expect_err("wrong"));
    error(Key::from_hex(&TEST_KEY.repeat(3)).expect_err("wrong"));
    error(Ksn::from_hex(TEST_KEY).expect_err("wrong"));
    error(clear.pin(PinFormat::Iso0, None, leave()).expect_err("wrong"));
    error(clear.pin(PinFormat::Iso1, None, leave()).expect_err("wrong"));
    error(clear.pin(PinFormat::WithoutPan, None, leave()).expect_err("wrong"));
    error(ClearPinBlock::build(PinFormat::Iso0, &pan, Some(&pin), &[3; 16], leave()).expect_err("wrong"));
    error(ClearPinBlock::build(PinFormat::Iso0, &pin, Some(&pin), &[3; 16], leave()).expect_err("wrong"));
    error(mac(&scheme("x9.9"), &k, PAN.as_bytes()).expect_err("wrong"));
    printed.push(format!("{:?}", MacScheme::read_all(TEST_KEY)));
    printed.push(format!("{:?}", SignOnLayout::read_all(&format!("id = \"{TEST_KEY}\""))));
    let all = printed.join("\n").to_uppercase();
    // A value that `Debug` would print as numbers counts too.
    let secrets = [
        TEST_KEY.to_owned(),
        MASTER.to_owned(),
        PIN.to_owned(),
        PAN.to_owned(),
        PAN[3..15].to_owned(),
        hex(clear.reveal(leave())),
        hex(sealed.as_bytes()),
        hex(&block[..16]),
        format!("{:?}", &unhex(TEST_KEY)[..4]).trim_matches(['[', ']']).to_owned(),
        format!("{:?}", &clear.reveal(leave())[..3]).trim_matches(['[', ']']).to_owned(),
        format!("{:?}", &sealed.as_bytes()[..3]).trim_matches(['[', ']']).to_owned(),
        format!("{:?}", &block[..3]).trim_matches(['[', ']']).to_owned(),
    ];
    for (i, secret) in secrets.iter().enumerate() {
        assert!(!all.contains(secret.as_str()), "secret {i} is printed");
        assert!(secret.len() < 12 || !all.contains(&secret[..8]), "the front of secret {i} is printed");
    }
}

// --- Any bytes are survived ---

fn any_key() -> impl Strategy<Value = Key> {
    prop::sample::select(vec![8, 16, 24, 32])
        .prop_flat_map(|n| prop::collection::vec(any::<u8>(), n))
        .prop_map(|b| Key::from_bytes(&b).expect("a key"))
}

proptest! {
    #[test]
    fn any_text_is_a_key_or_an_error(text in "\\PC{0,80}") {
        if let Err(CryptoError::HexDigit { position }) = Key::from_hex(&text) {
            prop_assert!(position <= text.chars().count());
        }
    }

    #[test]
    fn a_mac_verifies_and_is_found(key in any_key(), message in prop::collection::vec(any::<u8>(), 0..80), wire in prop::collection::vec(any::<u8>(), 0..20)) {
        let all = schemes();
        which_holds(&all, &key, &message, &wire, &wire);
        for s in &all {
            if let Ok(value) = mac(s, &key, &message) {
                prop_assert_eq!(verify(s, &key, &message, value.as_bytes()), Ok(true));
                prop_assert!(which_holds(&all, &key, &message, &message, value.as_bytes()).iter().any(|h| h.scheme == s));
            }
        }
    }

    #[test]
    fn any_pin_comes_back(digits in "[0-9]{4,12}", card in "[0-9]{12,19}", filler in any::<[u8; 16]>(), key in prop::collection::vec(any::<u8>(), 16)) {
        let (pin, pan, key) = (pin(&digits), pan(&card), Key::from_bytes(&key).expect("a key"));
        for format in PinFormat::ALL.iter().copied() {
            let clear = ClearPinBlock::build(format, &pin, Some(&pan), &filler, leave()).expect("a block");
            prop_assert!(clear.formats().contains(&format));
            let opened = if format == PinFormat::Iso4 {
                clear.encipher_format_4(&key, &pan, leave()).and_then(|s| s.decipher_format_4(&key, &pan, leave()))
            } else {
                clear.encipher(Cipher::TripleDes, &key).and_then(|s| s.decipher(Cipher::TripleDes, &key))
            };
            prop_assert_eq!(opened.and_then(|c| c.pin(format, Some(&pan), leave())), Ok(pin.clone()));
        }
    }

    #[test]
    fn any_block_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..40), key in any_key(), card in "[0-9]{12,19}") {
        let pan = pan(&card);
        for format in PinFormat::ALL.iter().copied() {
            if let Ok(block) = ClearPinBlock::from_bytes(&bytes) {
                let _ = block.pin(format, Some(&pan), leave());
            }
        }
        if let Ok(block) = EncipheredPinBlock::from_bytes(&bytes) {
            let _ = block.decipher(Cipher::TripleDes, &key);
            let _ = block.decipher_format_4(&key, &pan, leave());
        }
        for cipher in Cipher::ALL.iter().copied() {
            let _ = unwrap_key(cipher, &key, &bytes);
            let _ = kcv(cipher, &key, bytes.len());
        }
        let _ = Ksn::parse(&bytes).and_then(|ksn| working_key(&key, &ksn, TdesUse::Pin));
        let _ = AesKsn::parse(&bytes).and_then(|ksn| aes_working_key(&key, &ksn, AesUse::Pin, AesKeyType::Aes256));
    }

    #[test]
    fn any_sign_on_block_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..130), size in 0usize..6, key in any_key()) {
        let layouts = layouts();
        let bytes = match layouts.get(size) {
            Some(layout) => bytes.into_iter().cycle().take(layout.bytes).collect::<Vec<_>>(),
            None => bytes,
        };
        let found = describe(&layouts, &bytes, None);
        prop_assert!(found.parts.iter().all(|p| p.kcv.end <= bytes.len() && p.key.end == p.kcv.start));
        for cipher in Cipher::ALL.iter().copied() {
            let _ = unwrap(&found, &bytes, cipher, &key);
        }
    }
}
