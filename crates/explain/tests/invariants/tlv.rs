//! Chip data: elements read and written back, meanings, contradictions, commands, answers to reset, traces.

use posdx_embedded::knowledge;
use posdx_wire::emv::contradictions::Context;
use posdx_wire::emv::meaning::{Explainer, Meaning};
use posdx_wire::emv::tlv::{DEPTH_MAX, Item, Reader, write_element};
use posdx_wire::emv::values::Values;
use posdx_wire::emv::{apdu, atr, dol, trace};
use posdx_wire::iso8583::Mask;

pub fn check(data: &[u8]) {
    elements_are_written_back(data);
    elements_nest(data);
    meanings_and_contradictions(data);
    lists(data);
    commands(data);
    let answer = atr::read(data);
    assert!(answer.fault.as_ref().is_none_or(|f| f.offset <= data.len()) && answer.historical.end <= data.len());
    inside(&answer.meaning(data, &knowledge().chip.bits), 0..data.len());
    for pair in trace::pairs(&String::from_utf8_lossy(data)) {
        assert!(pair.command.is_some() || pair.response.is_some());
        pair.command.iter().chain(&pair.response).for_each(|line| commands(&line.bytes));
    }
}

/// The outermost elements, filling and all, are the bytes they were read from, up to the fault.
fn elements_are_written_back(data: &[u8]) {
    let mut written = Vec::new();
    for item in Reader::flat(data) {
        match item {
            Item::Element(e) => {
                assert!(e.missing == 0 && e.start == written.len());
                write_element(&mut written, e.tag, e.value(data), Some(e.form)).expect("it was read");
            }
            Item::Padding { start, end, .. } => written.extend(&data[start..end]),
            Item::Fault(fault) => {
                assert!(fault.start == written.len() && fault.start <= fault.offset && fault.offset <= data.len());
                written.extend(&data[fault.start..]);
            }
        }
    }
    assert_eq!(written, data);
}

fn elements_nest(data: &[u8]) {
    let mut ends = [data.len(); DEPTH_MAX + 2];
    let (mut last, mut items) = (0, 0);
    for item in Reader::deep(data) {
        items += 1;
        if let Item::Element(e) = item {
            assert!(e.depth <= DEPTH_MAX && last <= e.start && e.start < e.length_at && e.value_at <= e.end.max(e.value_at));
            assert!(e.end <= ends[e.depth] && e.value(data).len() == e.end.saturating_sub(e.value_at));
            ends[e.depth + 1] = e.end;
            last = e.start;
        }
    }
    assert!(items <= 2 * data.len(), "{items} of {} bytes", data.len());
}

fn inside(meaning: &Meaning, around: std::ops::Range<usize>) {
    let range = &meaning.range;
    assert!(around.start <= range.start && range.start <= range.end && range.end <= around.end, "{range:?} in {around:?}");
    assert_eq!(meaning.text.zh.is_empty(), meaning.text.en.is_empty());
    meaning.children.iter().for_each(|child| inside(child, around.clone()));
}

fn meanings_and_contradictions(data: &[u8]) {
    let knowledge = knowledge();
    let mask = Mask::of_chip_data(data, &knowledge.chip.tags);
    assert_eq!(mask.hex(data, 0, data.len()).len(), data.len() * 2);
    let values = Values::of(data);
    let explainer = Explainer::new(&knowledge.chip, &values);
    explainer.message(data, 7).iter().for_each(|m| inside(m, 7..7 + data.len()));
    // The message around may hold anything: text as it came, or digits.
    let digits: String = data.iter().take(40).map(|b| char::from(b'0' + b % 10)).collect();
    let text = String::from_utf8_lossy(data.get(..data.len().min(40)).unwrap_or_default()).into_owned();
    for said in [digits.as_str(), text.as_str()] {
        let part = |from: usize, count: usize| said.get(from..from + count);
        let context = Context {
            mti: part(0, 4),
            pan: part(4, 19).or(part(4, 16)).or(Some(said)),
            amount: part(1, 12).or(Some(said)),
            time: part(2, 6).or(Some(said)),
            date_mmdd: part(3, 4).or(Some(said)),
            entry_mode: part(5, 3).or(Some(said)),
            card_sequence: part(6, 3).or(Some(said)),
            track2: Some(said),
            currency: part(7, 3).or(Some(said)),
            has_pin_block: data.first().is_some_and(|b| b & 1 == 1),
            has_chip_data: data.first().is_some_and(|b| b & 2 == 2),
        };
        for finding in knowledge.contradictions.check(&values, &context, &knowledge.chip.iso) {
            assert!(!finding.text.is_incomplete() && !finding.text.en.contains('{'), "{}", finding.id);
        }
    }
}

fn lists(data: &[u8]) {
    let knowledge = knowledge();
    let mut at = 0;
    for entry in dol::dol(data).map_while(Result::ok) {
        assert!(entry.start == at && entry.start < entry.end && entry.end <= data.len());
        at = entry.end;
    }
    dol::tag_list(data).for_each(drop);
    // A list and the data it asks for.
    let (list, rest) = data.split_at(data.len() / 3);
    let values = Values::of(rest);
    inside(&Explainer::new(&knowledge.chip, &values).dol_data(list, rest, 0), 0..rest.len());
}

fn commands(data: &[u8]) {
    let commands = &knowledge().commands;
    match apdu::command(data) {
        Ok(command) => {
            assert!(command.data.end <= data.len().max(command.data.start) && command.data.start <= command.data.end);
            let _ = commands.secret(&command);
            if let Some(spec) = commands.of(&command) {
                assert!(spec.parameters(&command).iter().all(|(_, text)| !text.is_incomplete()));
            }
        }
        Err(fault) => assert!(fault.offset <= data.len()),
    }
    if let Ok(answer) = apdu::response(data) {
        assert_eq!(answer.data.end + 2, data.len());
        let _ = (answer.status.value(), answer.status.bytes_waiting(), answer.status.right_length(), answer.status.tries_left());
    }
}
