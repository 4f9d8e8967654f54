"""Who is entitled to support, and when. The folder a file lies in says what it may know: docs/design.md, section 4."""
