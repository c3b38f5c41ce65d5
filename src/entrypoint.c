// R loads this file's R_init_wilcoxide(); naming the Rust side's registration
// here keeps the linker from dropping the static library.

void R_init_wilcoxide_extendr(void *dll);
void register_extendr_panic_hook(void);

void R_init_wilcoxide(void *dll) {
  register_extendr_panic_hook();
  R_init_wilcoxide_extendr(dll);
}
