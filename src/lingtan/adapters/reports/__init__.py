"""Writers of reports: a document in, the bytes of a Word, Excel or PDF file out."""
