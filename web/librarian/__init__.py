"""The librarian's desk: one module per screen."""
