"""Customer lists: what core systems export, read row by row into contacts or written refusals."""
