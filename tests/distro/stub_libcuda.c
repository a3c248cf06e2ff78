/* SYNTHETIC: a stand-in for the driver's libcuda.so.1, for machines without an NVIDIA card. It answers as told and
 * computes nothing. The answer is $WSLGPU_STUB_CUDA, else the first word of /etc/wslgpu-stub-cuda, else "fine":
 *   fine       one device, CUDA 12.8, compute capability 8.9, 12 GiB
 *   NUMBER     cuInit returns it: 100 no device, 34 stub library, 999 unknown, 803 and 804 versions that do not match
 *   crash      what users report: "munmap_chunk(): invalid pointer" and SIGABRT
 *   hang       cuInit never returns
 * gcc -shared -fPIC -Wl,-soname,libcuda.so.1 -o libcuda.so.1 stub_libcuda.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *answer(void) {
    static char word[64];
    const char *told = getenv("WSLGPU_STUB_CUDA");
    FILE *file;
    if (told != NULL) return told;
    strcpy(word, "fine");
    file = fopen("/etc/wslgpu-stub-cuda", "r");
    if (file != NULL) {
        if (fscanf(file, "%63s", word) != 1) strcpy(word, "fine");
        fclose(file);
    }
    return word;
}

int cuInit(unsigned int flags) {
    const char *told = answer();
    (void)flags;
    if (strcmp(told, "hang") == 0) for (;;) pause();
    if (strcmp(told, "crash") == 0) {
        fputs("munmap_chunk(): invalid pointer\n", stderr);
        abort();
    }
    return strcmp(told, "fine") == 0 ? 0 : atoi(told);
}

/* As the real library does: only cuInit and the driver's version may be asked before cuInit has succeeded. */
static int ready(void) { return strcmp(answer(), "fine") == 0 ? 0 : 3; }

int cuDriverGetVersion(int *version) { *version = 12080; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return ready(); }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal == 0 ? ready() : 101; }

int cuDeviceGetName(char *name, int length, int device) {
    (void)device;
    snprintf(name, (size_t)length, "Synthetic stub GPU");
    return ready();
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 8 : attribute == 76 ? 9 : 0; /* compute capability, major and minor */
    return ready();
}

int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    (void)device;
    *bytes = (size_t)12 << 30;
    return ready();
}

int cuGetErrorName(int code, const char **name) {
    *name = code == 0 ? "CUDA_SUCCESS" : code == 100 ? "CUDA_ERROR_NO_DEVICE" : code == 34 ? "CUDA_ERROR_STUB_LIBRARY"
          : code == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : code == 804 ? "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"
          : code == 999 ? "CUDA_ERROR_UNKNOWN" : "CUDA_ERROR_INVALID_VALUE";
    return 0;
}
