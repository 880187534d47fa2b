"""`python -m devicelink.golden`: write the golden files again."""

from devicelink.golden.files import write

for path in write():
    print(path)
