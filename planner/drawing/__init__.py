"""What terminal and page both draw of a plan: the braille map, the timeline and small tables."""
