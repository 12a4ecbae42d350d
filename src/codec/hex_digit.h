/* codec/hex_digit.h -- one hexadecimal digit, for texts that are not secret: it branches on the character. */
#ifndef DW_CODEC_HEX_DIGIT_H
#define DW_CODEC_HEX_DIGIT_H

/* 0 to 15, or -1. */
static inline int dw__hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

#endif
