"""Paper: fonts, sheets and the files people hand in. Pure functions: no model, no setting and no clock is read here."""
