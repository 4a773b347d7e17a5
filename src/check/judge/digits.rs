//! JSON texts that say more than a value can hold: rounded numbers, and names that stand twice.

use super::{Case, Found};
use crate::exchange::{Decimal, JsonText};
use crate::spec::{MediaPromise, Promise};

impl Case<'_, '_> {
    /// Holds a JSON text to a promised schema, its numbers by their digits. Of names that stand several times each
    /// reading is held to it, and that there are several is told.
    pub fn text(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        text: &JsonText,
        found: &mut Found,
    ) {
        let Some(doubt) = text.doubt.as_ref().filter(|_| media.schema.is_some()) else {
            return self.value(promise, media, (&text.value, None), found);
        };
        for reading in &doubt.readings {
            self.value(promise, media, (&Decimal::rounded(reading), Some(reading)), found);
        }
        if !doubt.is_settled {
            self.not_judged(promise, "json", &doubt.what, found);
        }
    }
}
