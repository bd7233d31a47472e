//! `servent schema`.

use super::exit::Ending;
use crate::scenario;

/// Prints the JSON Schema of scenario files.
pub(crate) fn schema() -> Ending {
    super::print(&scenario::json_schema_text())
}
