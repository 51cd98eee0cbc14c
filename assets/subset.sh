#!/usr/bin/env bash
# Cuts the summary's fonts out of Debian's DejaVu fonts: the letters of our languages, what Ukrainian
# names borrow, punctuation and the marks that summaries use. Without kerning, so that a line is
# as wide as its letters. Run again after a change here; the results are committed.
set -euo pipefail
cd "$(dirname "$0")"
letters='U+0020-007E,U+00A0-017F,U+0300-0302,U+0306,U+0308,U+0400-045F,U+0490-0491,U+02BC,U+2010-2015,U+2018-201E,U+2022,U+2026,U+2030,U+2032-2033,U+2039-203A,U+20AC,U+20B4,U+2116,U+2122,U+2190-2193,U+2212,U+2260,U+2264-2265,U+25CB,U+25CF,U+25D0,U+2713,U+2717,U+2715,U+FFFD'
for face in DejaVuSans DejaVuSans-Bold; do
  /usr/bin/python3 -m fontTools.subset "/usr/share/fonts/truetype/dejavu/$face.ttf" --output-file="$face.ttf" \
    --unicodes="$letters" --layout-features='' --no-hinting --drop-tables+=GPOS,GSUB,GDEF,kern,FFTM \
    --name-IDs='*' --notdef-outline
done
cp /usr/share/doc/fonts-dejavu-core/copyright DejaVu-LICENSE
