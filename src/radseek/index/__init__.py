"""Vector and lexical indexes behind one contract, and generations with a manifest."""
