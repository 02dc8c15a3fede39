"""A long list as officials work with it: searched, narrowed, sorted, page by page, and taken away as a file."""
