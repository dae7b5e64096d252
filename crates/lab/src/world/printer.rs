//! The printer: what it reports for a slip, given paper, cover, head and heat.

use super::state::State;
use crate::terminal::PrinterReport;

/// Milliseconds until the printer reports, and what.
pub fn print(state: &State) -> (u64, PrinterReport) {
    if state.is("printer.cable", "out") || state.is("printer.driver", "bad") || state.is("printer.head", "broken") {
        return (400, PrinterReport::Fault);
    }
    if state.is("printer.cover", "open") {
        return (200, PrinterReport::CoverOpen);
    }
    // A dirty sensor sees no paper where there is some.
    if state.is("printer.paper", "out") || state.is("printer.sensor", "dirty") {
        return (300, PrinterReport::NoPaper);
    }
    if state.is("printer.head", "hot") || state.number("air.temperature") > 50 {
        return (300, PrinterReport::Hot);
    }
    if state.number("air.temperature") < -5 || state.number("power.battery") < 8 {
        return (300, PrinterReport::Weak);
    }
    if state.is("printer.paper", "jammed") || state.is("printer.motor", "broken") || state.is("printer.cutter", "stuck") {
        return (1_500, PrinterReport::Jam);
    }
    if state.is("terminal.bug", "slip-data") || state.is("printer.font", "missing") {
        return (800, PrinterReport::BadData);
    }
    (2_200, PrinterReport::Printed)
}

/// What the slip looks like when one comes out, in the answers of a question about it.
pub fn looks(state: &State) -> &'static str {
    match (print(state).1, state.get("printer.paper"), state.get("printer.head")) {
        (PrinterReport::Printed, "backwards", _) => "blank",
        (PrinterReport::Printed, "poor", _) => "pale",
        (PrinterReport::Printed, _, "dirty") => "white-lines",
        (PrinterReport::Printed, ..) => "good",
        (PrinterReport::BadData, ..) => "garbled",
        (PrinterReport::Weak, ..) => "pale",
        _ => "nothing",
    }
}
