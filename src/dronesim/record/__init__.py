"""What a run leaves behind: the forms of its tables and facts, its folder, its vocabularies."""
