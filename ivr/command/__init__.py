"""The commands of `huifang`, one module per group."""
