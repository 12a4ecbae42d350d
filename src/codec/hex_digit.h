/* codec/hex_digit.h -- one hexadecimal digit, for texts that are not secret.
 *
 * Which of the digits comes next cannot be predicted: two comparisons whose results are selected cost less than branches. */
#ifndef DW_CODEC_HEX_DIGIT_H
#define DW_CODEC_HEX_DIGIT_H

/* 0 to 15, or -1. */
static inline int dw__hex_digit(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';
    int value = letter < 6 ? (int)letter + 10 : -1;

    return digit < 10 ? (int)digit : value;
}

#endif
