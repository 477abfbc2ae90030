"""Report text in, sections, sentences and assertions out; query text in, parsed query out."""
