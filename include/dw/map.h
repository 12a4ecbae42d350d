/* dw/map.h -- apply a macro to each of up to 64 arguments.
 *
 * DW__MAP(M, T, x, y, z) is M(T, x) M(T, y) M(T, z).  This is the only "clever" preprocessor code in Dewar; schemas, roles
 * and log values are lists because of it.  Beyond 64 elements the list is refused with a sentence. */
#ifndef DW_MAP_H
#define DW_MAP_H

#define DW__CAT(a, b) DW__CAT_(a, b)
#define DW__CAT_(a, b) a##b

#define DW__COUNT(...)                                                                                      \
    DW__COUNT_(__VA_ARGS__, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY,    \
               TOO_MANY, TOO_MANY, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47,  \
               46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24,  \
               23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define DW__COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19,     \
                   a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, \
                   a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, \
                   a56, a57, a58, a59, a60, a61, a62, a63, a64, a65, a66, a67, a68, a69, a70, a71, a72, a73, \
                   a74, a75, a76, a77, a78, a79, a80, a81, a82, a83, a84, a85, a86, a87, a88, a89, a90, a91, \
                   a92, a93, a94, a95, a96, a97, a98, a99, a100, a101, a102, a103, a104, a105, a106, a107,   \
                   a108, a109, a110, a111, a112, a113, a114, a115, a116, a117, a118, a119, a120, a121, a122, \
                   a123, a124, a125, a126, a127, a128, n, ...)                                               \
    n

#define DW__MAP(M, T, ...) DW__CAT(DW__MAP, DW__COUNT(__VA_ARGS__))(M, T, __VA_ARGS__)
#define DW__MAPTOO_MANY(M, T, ...)                                                                         \
    _Static_assert(0, "a list in a DW_ macro has at most 64 elements: split the schema or nest a part of " \
                      "it");
#define DW__MAP1(M, T, a) M(T, a)
#define DW__MAP2(M, T, a, ...) M(T, a) DW__MAP1(M, T, __VA_ARGS__)
#define DW__MAP3(M, T, a, ...) M(T, a) DW__MAP2(M, T, __VA_ARGS__)
#define DW__MAP4(M, T, a, ...) M(T, a) DW__MAP3(M, T, __VA_ARGS__)
#define DW__MAP5(M, T, a, ...) M(T, a) DW__MAP4(M, T, __VA_ARGS__)
#define DW__MAP6(M, T, a, ...) M(T, a) DW__MAP5(M, T, __VA_ARGS__)
#define DW__MAP7(M, T, a, ...) M(T, a) DW__MAP6(M, T, __VA_ARGS__)
#define DW__MAP8(M, T, a, ...) M(T, a) DW__MAP7(M, T, __VA_ARGS__)
#define DW__MAP9(M, T, a, ...) M(T, a) DW__MAP8(M, T, __VA_ARGS__)
#define DW__MAP10(M, T, a, ...) M(T, a) DW__MAP9(M, T, __VA_ARGS__)
#define DW__MAP11(M, T, a, ...) M(T, a) DW__MAP10(M, T, __VA_ARGS__)
#define DW__MAP12(M, T, a, ...) M(T, a) DW__MAP11(M, T, __VA_ARGS__)
#define DW__MAP13(M, T, a, ...) M(T, a) DW__MAP12(M, T, __VA_ARGS__)
#define DW__MAP14(M, T, a, ...) M(T, a) DW__MAP13(M, T, __VA_ARGS__)
#define DW__MAP15(M, T, a, ...) M(T, a) DW__MAP14(M, T, __VA_ARGS__)
#define DW__MAP16(M, T, a, ...) M(T, a) DW__MAP15(M, T, __VA_ARGS__)
#define DW__MAP17(M, T, a, ...) M(T, a) DW__MAP16(M, T, __VA_ARGS__)
#define DW__MAP18(M, T, a, ...) M(T, a) DW__MAP17(M, T, __VA_ARGS__)
#define DW__MAP19(M, T, a, ...) M(T, a) DW__MAP18(M, T, __VA_ARGS__)
#define DW__MAP20(M, T, a, ...) M(T, a) DW__MAP19(M, T, __VA_ARGS__)
#define DW__MAP21(M, T, a, ...) M(T, a) DW__MAP20(M, T, __VA_ARGS__)
#define DW__MAP22(M, T, a, ...) M(T, a) DW__MAP21(M, T, __VA_ARGS__)
#define DW__MAP23(M, T, a, ...) M(T, a) DW__MAP22(M, T, __VA_ARGS__)
#define DW__MAP24(M, T, a, ...) M(T, a) DW__MAP23(M, T, __VA_ARGS__)
#define DW__MAP25(M, T, a, ...) M(T, a) DW__MAP24(M, T, __VA_ARGS__)
#define DW__MAP26(M, T, a, ...) M(T, a) DW__MAP25(M, T, __VA_ARGS__)
#define DW__MAP27(M, T, a, ...) M(T, a) DW__MAP26(M, T, __VA_ARGS__)
#define DW__MAP28(M, T, a, ...) M(T, a) DW__MAP27(M, T, __VA_ARGS__)
#define DW__MAP29(M, T, a, ...) M(T, a) DW__MAP28(M, T, __VA_ARGS__)
#define DW__MAP30(M, T, a, ...) M(T, a) DW__MAP29(M, T, __VA_ARGS__)
#define DW__MAP31(M, T, a, ...) M(T, a) DW__MAP30(M, T, __VA_ARGS__)
#define DW__MAP32(M, T, a, ...) M(T, a) DW__MAP31(M, T, __VA_ARGS__)
#define DW__MAP33(M, T, a, ...) M(T, a) DW__MAP32(M, T, __VA_ARGS__)
#define DW__MAP34(M, T, a, ...) M(T, a) DW__MAP33(M, T, __VA_ARGS__)
#define DW__MAP35(M, T, a, ...) M(T, a) DW__MAP34(M, T, __VA_ARGS__)
#define DW__MAP36(M, T, a, ...) M(T, a) DW__MAP35(M, T, __VA_ARGS__)
#define DW__MAP37(M, T, a, ...) M(T, a) DW__MAP36(M, T, __VA_ARGS__)
#define DW__MAP38(M, T, a, ...) M(T, a) DW__MAP37(M, T, __VA_ARGS__)
#define DW__MAP39(M, T, a, ...) M(T, a) DW__MAP38(M, T, __VA_ARGS__)
#define DW__MAP40(M, T, a, ...) M(T, a) DW__MAP39(M, T, __VA_ARGS__)
#define DW__MAP41(M, T, a, ...) M(T, a) DW__MAP40(M, T, __VA_ARGS__)
#define DW__MAP42(M, T, a, ...) M(T, a) DW__MAP41(M, T, __VA_ARGS__)
#define DW__MAP43(M, T, a, ...) M(T, a) DW__MAP42(M, T, __VA_ARGS__)
#define DW__MAP44(M, T, a, ...) M(T, a) DW__MAP43(M, T, __VA_ARGS__)
#define DW__MAP45(M, T, a, ...) M(T, a) DW__MAP44(M, T, __VA_ARGS__)
#define DW__MAP46(M, T, a, ...) M(T, a) DW__MAP45(M, T, __VA_ARGS__)
#define DW__MAP47(M, T, a, ...) M(T, a) DW__MAP46(M, T, __VA_ARGS__)
#define DW__MAP48(M, T, a, ...) M(T, a) DW__MAP47(M, T, __VA_ARGS__)
#define DW__MAP49(M, T, a, ...) M(T, a) DW__MAP48(M, T, __VA_ARGS__)
#define DW__MAP50(M, T, a, ...) M(T, a) DW__MAP49(M, T, __VA_ARGS__)
#define DW__MAP51(M, T, a, ...) M(T, a) DW__MAP50(M, T, __VA_ARGS__)
#define DW__MAP52(M, T, a, ...) M(T, a) DW__MAP51(M, T, __VA_ARGS__)
#define DW__MAP53(M, T, a, ...) M(T, a) DW__MAP52(M, T, __VA_ARGS__)
#define DW__MAP54(M, T, a, ...) M(T, a) DW__MAP53(M, T, __VA_ARGS__)
#define DW__MAP55(M, T, a, ...) M(T, a) DW__MAP54(M, T, __VA_ARGS__)
#define DW__MAP56(M, T, a, ...) M(T, a) DW__MAP55(M, T, __VA_ARGS__)
#define DW__MAP57(M, T, a, ...) M(T, a) DW__MAP56(M, T, __VA_ARGS__)
#define DW__MAP58(M, T, a, ...) M(T, a) DW__MAP57(M, T, __VA_ARGS__)
#define DW__MAP59(M, T, a, ...) M(T, a) DW__MAP58(M, T, __VA_ARGS__)
#define DW__MAP60(M, T, a, ...) M(T, a) DW__MAP59(M, T, __VA_ARGS__)
#define DW__MAP61(M, T, a, ...) M(T, a) DW__MAP60(M, T, __VA_ARGS__)
#define DW__MAP62(M, T, a, ...) M(T, a) DW__MAP61(M, T, __VA_ARGS__)
#define DW__MAP63(M, T, a, ...) M(T, a) DW__MAP62(M, T, __VA_ARGS__)
#define DW__MAP64(M, T, a, ...) M(T, a) DW__MAP63(M, T, __VA_ARGS__)

#endif
