"""Copies of the kata in folders of their own, where a command may write what it likes."""
