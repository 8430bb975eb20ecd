"""Whether questions in other languages than English find their passage, and are told where the documents are silent."""
