"""What happened to every batch, provably: ledger, nouns, kinds of events, labels."""
