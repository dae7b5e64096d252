//! Codes and conditions → what the catalogue says of them, each put together once: the same few come again and again, and one reading
//! takes longer than a message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Decoder;
use crate::assemble::{explain_code, explain_condition};
use crate::explanation::Reading;

/// Things that are kept; the lists of all networks have fewer codes that occur.
const KEPT_MAX: usize = 1024;
/// The list under which conditions are kept: no code list is called so.
const CONDITIONS: &str = "";

/// What was made so far, by list and value.
pub struct Memo<T> {
    lists: Mutex<HashMap<String, HashMap<String, Arc<T>>>>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Memo { lists: Mutex::default() }
    }
}

impl<T> Memo<T> {
    /// What was made of this value before, or what `make` makes of it now.
    pub fn get(&self, list: &str, value: &str, make: impl FnOnce() -> Option<T>) -> Option<Arc<T>> {
        // What a panic elsewhere left behind is still right: things are only ever added.
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lists.get(list).and_then(|values| values.get(value)) {
            return Some(Arc::clone(known));
        }
        let made = Arc::new(make()?);
        if lists.values().map(HashMap::len).sum::<usize>() < KEPT_MAX {
            lists.entry(list.to_owned()).or_default().insert(value.to_owned(), Arc::clone(&made));
        }
        Some(made)
    }
}

impl Decoder<'_> {
    /// Explains one value of a named list.
    pub(super) fn code(&self, list: &str, value: &str) -> Option<Arc<Reading>> {
        self.readings.get(list, value, || explain_code(self.catalogue, list, value))
    }

    /// Explains a condition that was found without a code.
    pub(super) fn condition(&self, id: &str) -> Option<Arc<Reading>> {
        self.readings.get(CONDITIONS, id, || explain_condition(self.catalogue, id))
    }
}
