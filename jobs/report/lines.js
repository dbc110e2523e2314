// lines
