//! The house rules: arrows between modules, file sizes, versions, generated pages.
